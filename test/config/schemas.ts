/** The shapes of `urls[].config` that this version's helpers have. */
import type { HelperSchemas } from "../../src/config/HelperConfig.ts"
import * as GitHub from "../../src/helper/GitHub.ts"
import * as Null from "../../src/helper/Null.ts"
import * as Oci from "../../src/helper/Oci.ts"

export const helpers: HelperSchemas = new Map([
  ["oci", Oci.Config],
  ["github", GitHub.Config],
  ["null", Null.helper.config]
])
