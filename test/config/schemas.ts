/** The shapes of `urls[].config` that this version's helpers have. */
import type { HelperSchemas } from "../../src/config/ConfigFile.ts"
import * as GitHub from "../../src/provider/GitHub.ts"
import * as Null from "../../src/provider/Null.ts"
import * as Oci from "../../src/provider/Oci.ts"

export const helpers: HelperSchemas = new Map([
  ["oci", Oci.Config],
  ["github", GitHub.Config],
  ["null", Null.helper.config]
])
