/** A certificate authority, and servers and proxies on loopback. */
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import * as NodeHttp from "node:http"
import * as NodeHttps from "node:https"
import * as NodeNet from "node:net"
import { tmpdir } from "node:os"

export interface KeyPair {
  readonly key: string
  readonly cert: string
}

export interface Leaf {
  /** `DNS:localhost,IP:127.0.0.1` */
  readonly names: string
  /** The server sends the issuing CA certificate, too. */
  readonly issuer?: "ca" | "issuing" | "itself"
  /** The first and the last day, as `20200101`. */
  readonly days?: readonly [string, string]
}

export interface Authority {
  readonly folder: string
  /** The path of the CA certificate. */
  readonly file: string
  /** The path of a CA certificate that was issued by the CA. */
  readonly issuing: string
  /** The key and certificate of a server. */
  readonly server: KeyPair
  readonly leaf: (name: string, leaf: Leaf) => KeyPair
}

export const read = (path: string): string => readFileSync(path, "utf8")

const signing = `[ca]
default_ca = it
[it]
new_certs_dir = .
database = index.txt
rand_serial = yes
unique_subject = no
default_md = sha256
copy_extensions = copy
policy = names
[names]
commonName = supplied
`

/** The server certificate is for this machine, and for `registry.test`, which is only reachable through `proxy`. */
export const authority = Effect.acquireRelease(
  Effect.sync((): Authority => {
    const folder = mkdtempSync(`${tmpdir()}/authority-`)
    const path = (name: string) => `${folder}/${name}`
    const openssl = (args: string, ...more: ReadonlyArray<string>) =>
      execFileSync("openssl", [...args.split(" "), ...more], { cwd: folder, stdio: "pipe" })
    const key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    const request = `req -x509 ${key} -days 2`
    writeFileSync(path("ca.cnf"), signing)
    writeFileSync(path("index.txt"), "")
    writeFileSync(path("garbage.pem"), "no certificate")
    writeFileSync(path("broken.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    openssl(`${request} -keyout ca.key -out ca.pem -subj`, "/CN=Example Root CA")
    openssl(`${request} -keyout other.key -out other.pem -subj /CN=other`)
    openssl(
      `${request} -keyout issuing.key -out issuing.pem -CA ca.pem -CAkey ca.key -addext basicConstraints=critical,CA:TRUE -subj`,
      "/CN=Example Issuing CA"
    )
    const leaf = (name: string, { days, issuer = "ca", names }: Leaf): KeyPair => {
      const extensions = `-addext subjectAltName=${names} -addext basicConstraints=critical,CA:FALSE`
      if (issuer === "itself") {
        openssl(`${request} -keyout ${name}.key -out ${name}.pem -subj /CN=${name} ${extensions}`)
        return { key: read(path(`${name}.key`)), cert: read(path(`${name}.pem`)) }
      }
      openssl(`req ${key} -keyout ${name}.key -out ${name}.csr -subj /CN=${name} ${extensions}`)
      const dates = days === undefined ? "-days 2" : `-startdate ${days[0]}000000Z -enddate ${days[1]}000000Z`
      openssl(
        `ca -batch -config ca.cnf -notext -cert ${issuer}.pem -keyfile ${issuer}.key -in ${name}.csr -out ${name}.pem ${dates}`
      )
      return {
        key: read(path(`${name}.key`)),
        cert: `${read(path(`${name}.pem`))}${issuer === "ca" ? "" : read(path("issuing.pem"))}`
      }
    }
    const server = leaf("server", { names: "IP:127.0.0.1,DNS:localhost,DNS:registry.test" })
    return { folder, file: path("ca.pem"), issuing: path("issuing.pem"), server, leaf }
  }),
  ({ folder }) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

export const listen = (server: NodeNet.Server) =>
  Effect.acquireRelease(
    Effect.async<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" ? address?.port ?? 0 : 0))
      })
    }),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        if (server instanceof NodeHttp.Server || server instanceof NodeHttps.Server) server.closeAllConnections()
      })
  )

/** `/dup` sends two challenges, `/redirect` redirects, and `/hang` never responds. */
export const server = (tls?: KeyPair) =>
  Effect.gen(function*() {
    const seen = { connections: 0, requests: new Array<string>() }
    const handler: NodeHttp.RequestListener = (request, response) => {
      seen.requests.push(`${request.method} ${request.url}`)
      if (request.url === "/hang") return
      response.setHeader("content-length", 4)
      if (request.url === "/dup") {
        response.setHeader("www-authenticate", ["Basic realm=\"a\"", "Bearer realm=\"b\""]).writeHead(401)
      } else if (request.url === "/redirect") response.writeHead(302, { location: "/elsewhere" })
      response.end("body")
    }
    const made = tls === undefined ? NodeHttp.createServer(handler) : NodeHttps.createServer(tls, handler)
    made.on("connection", () => seen.connections++)
    const port = yield* listen(made)
    return { port, seen }
  })

/** A proxy that connects every tunnel to the given port of this machine, or refuses with the given status. */
export const proxy = (port: number, options: { readonly status?: number; readonly tls?: KeyPair } = {}) =>
  Effect.gen(function*() {
    const seen = { asked: new Array<string>(), authorization: new Array<string | undefined>() }
    const made = options.tls === undefined ? NodeHttp.createServer() : NodeHttps.createServer(options.tls)
    const sockets = new Set<NodeNet.Socket>()
    made.on("connect", (request: NodeHttp.IncomingMessage, socket: NodeNet.Socket) => {
      seen.asked.push(`${request.method} ${request.url}`)
      seen.authorization.push(request.headers["proxy-authorization"])
      socket.on("error", () => undefined)
      if (options.status !== undefined) {
        return void socket.end(`HTTP/1.1 ${options.status} No\r\nWWW-Authenticate: Basic realm="evil"\r\n\r\n`)
      }
      const upstream = NodeNet.connect(port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n")
        upstream.pipe(socket)
        socket.pipe(upstream)
      })
      for (const one of [socket, upstream]) sockets.add(one.on("error", () => undefined))
    })
    const listening = yield* listen(made)
    yield* Effect.addFinalizer(() => Effect.sync(() => sockets.forEach((socket) => socket.destroy())))
    return { port: listening, seen }
  })
