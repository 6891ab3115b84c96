import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Zlib from "node:zlib"
import * as ContentEncoding from "../../src/http/ContentEncoding.ts"

const encoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  "gzip": Zlib.gzipSync,
  "X-GZip": Zlib.gzipSync,
  "deflate": Zlib.deflateSync,
  "Deflate": Zlib.deflateRawSync,
  "br": Zlib.brotliCompressSync,
  "identity": (body) => body,
  "gzip, br": (body) => Zlib.brotliCompressSync(Zlib.gzipSync(body)),
  "deflate , identity,gzip": (body) => Zlib.gzipSync(Zlib.deflateSync(body))
}

const limit = 1024

const decode = (encoding: string, body: Buffer) => ContentEncoding.decode(encoding, body, limit)

describe("ContentEncoding", () => {
  it("decodes what was encoded, up to the limit", () => {
    FastCheck.assert(FastCheck.property(
      FastCheck.constantFrom(...Object.keys(encoders)),
      FastCheck.uint8Array({ maxLength: limit }),
      (encoding, bytes) => {
        const body = Buffer.from(bytes)
        const encoded = encoders[encoding]?.(body) ?? body
        assert.deepStrictEqual(Effect.runSync(decode(encoding, encoded)), body)
      }
    ))
  })

  it.effect("stops at the limit", () =>
    Effect.gen(function*() {
      for (const [encoding, encode] of Object.entries(encoders)) {
        if (encoding === "identity") continue
        assert.lengthOf(yield* decode(encoding, encode(Buffer.alloc(limit))), limit)
        assert.strictEqual(yield* Effect.flip(decode(encoding, encode(Buffer.alloc(limit + 1)))), "TooLarge")
        assert.strictEqual(yield* Effect.flip(decode(encoding, encode(Buffer.alloc(1024 * 1024)))), "TooLarge")
      }
    }))

  it.effect("reports a body that is cut off", () =>
    Effect.gen(function*() {
      for (const encoding of ["gzip", "deflate", "br"]) {
        const encoded = encoders[encoding]?.(Buffer.from("hello ".repeat(20))) ?? Buffer.alloc(0)
        assert.strictEqual(yield* Effect.flip(decode(encoding, encoded.subarray(0, 12))), "Incomplete")
      }
    }))

  it.effect("leaves a body that a client has decoded, an empty one, and an unknown coding", () =>
    Effect.gen(function*() {
      const json = Buffer.from(`{"token":"abc","expires_in":300}`)
      for (const encoding of [...Object.keys(encoders), "compress", "*", ""]) {
        assert.deepStrictEqual(yield* decode(encoding, json), json, encoding)
        assert.lengthOf(yield* decode(encoding, Buffer.alloc(0)), 0)
      }
    }))
})
