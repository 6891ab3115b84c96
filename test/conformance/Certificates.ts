/** Keys and certificates, generated with openssl for each test run. */
import * as Effect from "effect/Effect"
import { generateKeyPairSync } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import * as Programs from "./Programs.ts"

/** Paths of PEM files. */
export interface Pair {
  readonly key: string
  readonly cert: string
}

const openssl = (...args: ReadonlyArray<string>) => Programs.must("openssl", args)

/** A P-256 key pair with a self-signed certificate. */
export const selfSigned = (folder: string, name: string): Effect.Effect<Pair> =>
  Effect.gen(function*() {
    const pair = { key: `${folder}/${name}.key`, cert: `${folder}/${name}.pem` }
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    writeFileSync(pair.key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 })
    yield* openssl("req", "-x509", "-new", "-key", pair.key, "-subj", `/CN=${name}`, "-days", "2", "-out", pair.cert)
    return pair
  })

/** A certificate for loopback servers, signed by the CA. */
export const forLoopback = (folder: string, authority: Pair): Effect.Effect<Pair> =>
  Effect.gen(function*() {
    const server = yield* selfSigned(folder, "server")
    const [request, extensions] = [`${folder}/server.csr`, `${folder}/server.ext`]
    writeFileSync(extensions, "subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    yield* openssl("req", "-new", "-key", server.key, "-subj", "/CN=localhost", "-out", request)
    yield* openssl(
      ...["x509", "-req", "-in", request, "-days", "2", "-extfile", extensions],
      ...["-CA", authority.cert, "-CAkey", authority.key, "-CAcreateserial", "-out", server.cert]
    )
    return server
  })

export const pem = ({ cert, key }: Pair) => ({ key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") })
