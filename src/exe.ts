/**
 * The program as one executable, compiled with bun.
 *
 * @since 0.1.0
 */
import * as ThinBun from "./agent/ThinBun.ts"
import * as Program from "./Program.ts"

void Program.main(ThinBun.runtime(), [process.execPath])
