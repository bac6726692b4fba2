import { Field, InputType, ObjectType } from '@nestjs/graphql';
import { MemberKind } from '../member/me.types.js';

@InputType('ChannelRightsInput', { description: 'What somebody is to be allowed on a channel.' })
@ObjectType('ChannelRights', { description: 'What somebody is to be allowed on a channel.' })
export class ChannelRights {
  @Field(() => String, { description: 'Name of the channel.' })
  channel!: string;

  @Field(() => Boolean, { description: 'Whether to submit to it.' })
  submit!: boolean;

  @Field(() => Boolean, { description: 'Whether to receive its feed.' })
  receive!: boolean;
}

@InputType('ApplicationContactsInput', { description: 'E-mail addresses at which the applicant is reached.' })
@ObjectType('ApplicationContacts', { description: 'E-mail addresses at which the applicant is reached.' })
export class ApplicationContacts {
  @Field(() => String, { description: 'About the application.' })
  application!: string;

  @Field(() => String, { description: 'About abuse.' })
  abuse!: string;

  @Field(() => String, { description: 'About security.' })
  security!: string;

  @Field(() => String, { description: 'About data protection.' })
  dataProtection!: string;
}

@InputType('ApplicationProfileInput', { description: 'What an applicant says of itself.' })
@ObjectType('ApplicationProfile', { description: 'What an applicant says of itself.' })
export class ApplicationProfile {
  @Field(() => String, { description: 'Name that it will have on the wire, for ever: a-z, 0-9 and hyphens.' })
  handle!: string;

  @Field(() => String, { description: 'Legal name.' })
  legalName!: string;

  @Field(() => MemberKind, { description: 'Kind of organisation.' })
  kind!: string;

  @Field(() => String, { description: 'Country, two capital letters (ISO 3166-1).' })
  jurisdiction!: string;

  @Field(() => String, { nullable: true, description: 'Number in the register of that country.' })
  registration!: string | null;

  @Field(() => String, { nullable: true, description: 'Who owns or controls it, if anybody does.' })
  controlledBy!: string | null;

  @Field(() => String, { description: 'Its domain, in lower case.' })
  domain!: string;

  @Field(() => ApplicationContacts, { description: 'How it is reached.' })
  contacts!: ApplicationContacts;

  @Field(() => String, { nullable: true, description: 'Page of its published policy, https.' })
  policyUrl!: string | null;

  @Field(() => String, { nullable: true, description: 'Page of its appeal process, https.' })
  appealUrl!: string | null;

  @Field(() => String, { nullable: true, description: 'Page of its latest transparency report, https.' })
  transparencyUrl!: string | null;

  @Field(() => [ChannelRights], {
    description: 'Channels it asks for; none for a government body, which is an observer.',
  })
  channels!: ChannelRights[];

  @Field(() => [String], { description: 'Concrete safety measures, one each.' })
  measures!: string[];

  @Field(() => String, { description: 'What it does, in at most 4000 characters.' })
  about!: string;
}
