/** The shapes of `urls[].config` that this version's helpers have. */
import * as Schema from "effect/Schema"
import type { HelperSchemas } from "../../src/config/HelperConfig.ts"
import * as LookupEntry from "../../src/config/LookupEntry.ts"

export const helpers: HelperSchemas = new Map<string, Schema.Schema.AnyNoContext>([
  [
    "oci",
    Schema.Struct({
      parse_docker_config: Schema.optionalWith(Schema.Boolean, { default: () => true }),
      token_exchange_method: Schema.optionalWith(Schema.Literal("auto", "oauth2", "basic"), { default: () => "auto" }),
      lookup_chain: Schema.optional(LookupEntry.ociChain),
      trusted_realms: Schema.optionalWith(Schema.Array(Schema.NonEmptyString), { default: () => [] })
    })
  ],
  [
    "github",
    Schema.Struct({
      read_config_file: Schema.optionalWith(Schema.Boolean, { default: () => true }),
      lookup_chain: Schema.optional(LookupEntry.secretChain)
    })
  ],
  ["null", Schema.Struct({})]
])
