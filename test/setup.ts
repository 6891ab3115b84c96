// Unit test files share workers, and `layer` of @effect/vitest overwrites methods of `it`: restore them for each file.
import { it, makeMethods } from "@effect/vitest"

makeMethods(it)
