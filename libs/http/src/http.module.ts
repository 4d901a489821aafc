import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import { Metrics } from './metrics';
import { OperationController, Readiness } from './operation.controller';

/** Health, readiness and metrics, the same in every process. */
@Global()
@Module({})
export class HttpModule {
  static forRoot(options: { processName: string; readiness: Type<Readiness> }): DynamicModule {
    return {
      module: HttpModule,
      controllers: [OperationController],
      providers: [
        { provide: Metrics, useFactory: () => new Metrics(options.processName) },
        { provide: Readiness, useClass: options.readiness },
      ],
      exports: [Metrics],
    };
  }
}
