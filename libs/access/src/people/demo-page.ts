import type { Persona } from './demo-personas.js';

/** The page that lists the personas: a form with a button for each, and no script. */
export function personaPage(action: string, personas: readonly Persona[]): string {
  const path = /^[\w/-]{1,200}$/.test(action) ? action : '';
  const buttons = personas.map(
    ({ subject, name, about }) =>
      `<p><button name="persona" value="${subject}">${name}</button> ${about}</p>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Cairn demo: who are you?</title>
<h1>Who are you?</h1>
<p><strong>This is a demo.</strong> Here anybody can be anybody. A hub in earnest has an identity provider of its own.</p>
<p>What each of them may do is decided by the hub.</p>
<form method="post" action="${path}">
${buttons.join('\n')}
</form>
</html>
`;
}
