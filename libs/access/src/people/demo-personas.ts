/** A made-up person of the demo identity provider. What the persona may do is decided by the hub's database, not here. */
export interface Persona {
  readonly subject: string;
  readonly name: string;
  readonly email: string;
  readonly about: string;
}

function persona(subject: string, name: string, about: string): Persona {
  return { subject, name, email: `${subject}@demo.example`, about };
}

/** Whom the demo identity provider lets anybody be. */
export const DEMO_PERSONAS: readonly Persona[] = [
  persona('vera', 'Vera Vetter', 'checks applications'),
  persona('albert', 'Albert Approver', 'decides, together with another'),
  persona('alice', 'Alice Approver', 'decides, together with another'),
  persona('ada', 'Ada Auditor', 'reads everything, changes nothing'),
  persona('otto', 'Otto Operator', 'runs the hub'),
  persona('mia', 'Mia Member', 'administers a member'),
  persona('max', 'Max Member', 'administers another member'),
  persona('noah', 'Noah Nobody', 'has been invited to nothing'),
];
