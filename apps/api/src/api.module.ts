import { type DynamicModule, Module } from '@nestjs/common';
import { PlatformModule, type PlatformOptions } from '#libs/platform';

/** What members, staff and auditors reach over HTTP. */
@Module({})
export class ApiModule {
  static forRoot(options: Omit<PlatformOptions, 'application'>): DynamicModule {
    return {
      module: ApiModule,
      imports: [PlatformModule.forRoot({ ...options, application: 'api' })],
    };
  }
}
