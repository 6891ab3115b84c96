/**
 * The program on Node.js: `bin/credential-helper`.
 *
 * @since 0.1.0
 */
import * as NodeRuntime from "../agent/client/NodeRuntime.ts"
import * as Dispatch from "./Dispatch.ts"

void Dispatch.main(NodeRuntime.runtime(), [process.execPath, process.argv[1] ?? ""])
