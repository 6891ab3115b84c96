/**
 * Replacements of the outside world for tests: registries, helper executables, files, the environment, standard streams.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export * as FakeHttp from "./testing/FakeHttp.ts"

/**
 * @since 0.1.0
 */
export * as FakeImage from "./testing/FakeImage.ts"

/**
 * @since 0.1.0
 */
export * as FakeKeyring from "./testing/FakeKeyring.ts"

/**
 * @since 0.1.0
 */
export * as FakeProcess from "./testing/FakeProcess.ts"

/**
 * @since 0.1.0
 */
export * as FakeRegistry from "./testing/FakeRegistry.ts"

/**
 * @since 0.2.0
 */
export * as FakeStdio from "./testing/FakeStdio.ts"

/**
 * @since 0.1.0
 */
export * as MemoryFileSystem from "./testing/MemoryFileSystem.ts"

/**
 * @since 0.2.0
 */
export * as SelfSigned from "./testing/SelfSigned.ts"

/**
 * @since 0.1.0
 */
export * as TestEnvironment from "./testing/TestEnvironment.ts"
