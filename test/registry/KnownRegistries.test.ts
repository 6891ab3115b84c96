import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as KnownRegistries from "../../src/registry/KnownRegistries.ts"

const known = (host: string) => Option.isSome(KnownRegistries.find(host))

const account = "123456789012"

/** What is answered for out of the box, one host for each pattern. */
const hosts = [
  ...["x.app.snowflake.com", "a.azurecr.io", "a.b.azurecr.io", "cgr.dev", "docker.elastic.co", "ghcr.io"],
  ...["index.docker.io", "nvcr.io", "public.ecr.aws", "quay.io", "registry.gitlab.com", "gcr.io", "eu.gcr.io"],
  ...["us-docker.pkg.dev", "europe-west1-docker.pkg.dev", "registry-1.docker.io", "docker.io", "lscr.io"],
  ...["mcr.microsoft.com", "registry.k8s.io", "registry.redhat.io", "org-acc.registry.snowflakecomputing.com"],
  ...[
    "rg.fr-par.scw.cloud",
    "codeberg.org",
    `${account}.dkr.ecr.eu-central-1.amazonaws.com`,
    `${account}.dkr-ecr.us-east-1.on.aws`
  ],
  ...[`${account}.dkr.ecr-fips.us-gov-west-1.amazonaws.com`, `${account}.dkr.ecr.cn-north-1.amazonaws.com.cn`]
]

const label = FastCheck.stringMatching(/^[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?$/)

describe("KnownRegistries", () => {
  it("registry-1.docker.io, mcr.microsoft.com, registry.k8s.io and *.gcr.io are allowed too", () => {
    for (const host of hosts) assert.isTrue(known(host), host)
  })

  it("a suffix ends at a dot", () => {
    const others = [
      ...["evilpkg.dev", "evil-docker.pkg.dev.example", "x.evilgcr.io", "evilgcr.io", "evilazurecr.io", "azurecr.io"],
      ...["evilghcr.io", "ghcr.io.example", "x.ghcr.io", "pkg.dev", "docker.pkg.dev", "a.us-docker.pkg.dev"],
      ...["xapp.snowflake.com", "ghcrxio", "ghcr.io:8443", ".gcr.io", "evil.example/.gcr.io", "gcr.io "]
    ]
    for (const host of others) assert.isFalse(known(host), host)
  })

  it.prop("a table's host with something before or behind it is another one", [
    FastCheck.constantFrom(...hosts.filter((host) => !/azurecr|gcr\.io|snowflake|pkg\.dev/.test(host))),
    label
  ], ([host, other]) => {
    assert.isFalse(known(`${other}${host}`))
    assert.isFalse(known(`${host}.${other}`))
    assert.isFalse(known(`${host}${other}`))
  })

  it("private ECR is told from the buckets of S3, and its hosts are matched exactly", () => {
    const others = [
      ...["bucket.s3.amazonaws.com", "s3.eu-central-1.amazonaws.com", "dkr.ecr.eu-central-1.amazonaws.com"],
      `${account}.dkr.ecr.s3.amazonaws.com`,
      `1${account}.dkr.ecr.eu-central-1.amazonaws.com`,
      `x.${account}.dkr.ecr.eu-central-1.amazonaws.com`,
      `${account}.dkr.ecr.eu-central-1.amazonaws.com.example`,
      `${account}.dkr.ecrx.eu-central-1.amazonaws.com`,
      `evil-${account}.dkr.ecr.eu-central-1.amazonaws.com`
    ]
    for (const host of others) assert.isFalse(known(host), host)
  })

  it("docker.io is served by another host", () => {
    assert.deepInclude(Option.getOrThrow(KnownRegistries.find("docker.io")), { api: "registry-1.docker.io" })
  })
})
