/**
 * The helpers that come with the program.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as GitHub from "./GitHub.ts"
import * as Null from "./Null.ts"
import * as Oci from "./Oci.ts"
import { Helpers } from "./Provider.ts"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.all([Oci.make, GitHub.make, Effect.succeed(Null.helper)])

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = Layer.effect(Helpers, make)
