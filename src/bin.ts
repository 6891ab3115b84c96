/**
 * The program on Node.js: `bin/credential-helper`.
 *
 * @since 0.1.0
 */
import * as ThinNode from "./agent/ThinNode.ts"
import * as Program from "./Program.ts"

void Program.main(ThinNode.runtime(), [process.execPath, process.argv[1] ?? ""])
