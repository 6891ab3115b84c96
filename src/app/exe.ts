/**
 * The program as one executable, compiled with bun.
 *
 * @since 0.1.0
 */
import * as BunRuntime from "../agent/client/BunRuntime.ts"
import * as Dispatch from "./Dispatch.ts"

void Dispatch.main(BunRuntime.runtime(), [process.execPath])
