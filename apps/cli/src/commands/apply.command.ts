import type { Command } from 'commander';
import { ApplicantClient, ClientError } from '#libs/client';
import { isJsonObject, type JsonObject } from '#libs/protocol';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { readJsonInput } from '../input/json-file.js';
import { Printer } from '../output/printer.js';

interface ApplyOptions extends GlobalOptions {
  readonly hub: string;
  readonly file: string;
  readonly allowHttp?: boolean;
}

/** `cairn apply` */
export function addApplyCommand(program: Command, { io, http }: CliContext): void {
  program
    .command('apply')
    .summary('apply for membership at a hub')
    .description(
      'Begins an application. Its secret is kept in application.json of your configuration, readable by you alone: whoever has it is ' +
        'the applicant, and the hub cannot give it again. The file holds one JSON object: the profile as in the ApplicationProfileInput of ' +
        'the hub (schema.graphql).',
    )
    .requiredOption('--hub <url>', 'public URL of the hub')
    .requiredOption('--file <file>', 'JSON file with the profile')
    .option('--allow-http', 'accept a hub without TLS on another machine, for tests in a closed network')
    .action(async (_options: unknown, command: Command) => {
      const { home, json, hub, file, allowHttp } = command.optsWithGlobals<ApplyOptions>();
      const profile = profileIn(await readJsonInput(file), file);
      const application = await new ApplicantClient({ home, http }).apply(hub, profile, allowHttp);
      await new Printer(io, json ?? false).result({ application }, [
        `Application ${application} is begun; it is a draft until: cairn application submit`,
      ]);
    });
}

/** Kinds are written as members are told about them, in lower case, or as in the schema. */
export function profileIn(profile: JsonObject, file: string): JsonObject {
  if (typeof profile['kind'] !== 'string' || !isJsonObject(profile['contacts'] ?? null))
    throw new ClientError('INPUT_INVALID', file, 'must have at least kind and contacts');
  return { ...profile, kind: profile['kind'].toUpperCase() };
}
