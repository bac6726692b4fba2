/** The demo's voice: plain words for people, and every command as it could be typed. */
export const say = {
  title(text: string): void {
    process.stdout.write(`\n${text}\n${'='.repeat(text.length)}\n`);
  },
  step(text: string): void {
    process.stdout.write(`\n--- ${text}\n`);
  },
  text(text: string): void {
    process.stdout.write(`${text}\n`);
  },
  command(words: readonly string[]): void {
    process.stdout.write(
      `$ ${words.map((word) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word}'`)).join(' ')}\n`,
    );
  },
  output(text: string): void {
    for (const line of text.trimEnd().split('\n')) process.stdout.write(`  ${line}\n`);
  },
};
