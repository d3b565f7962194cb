/**
 * The barrier that JavaScript has no operation for: it waits until every access that this core has begun is complete for
 * all that can observe it, devices on the bus too, and lets no later one begin before. Atomics order what the cores of
 * the inner shareable domain see of each other (DMB ISH), which an LPC controller does not belong to.
 *
 * The instruction needs no privilege on any of these machines. No function of the C library is one, so its code is put
 * into a file in memory and mapped as that of a library is, which also makes the processor fetch it anew.
 */
import { Failure, messageOf } from "./failure.ts";
import { cLibrary, errnoError } from "./libc.ts";
import { Scope } from "./scope.ts";
import { system } from "./system.ts";

/** The barrier, and a return. */
const CODE: Readonly<Record<string, readonly number[]>> = {
  // DSB SY; BX LR (A32). ARMv7 and later: AST2600. Not AST2400 and AST2500, whose ARMv5 and ARMv6 have no DSB.
  arm: [0x4f, 0xf0, 0x7f, 0xf5, 0x1e, 0xff, 0x2f, 0xe1],
  // DSB SY; RET
  arm64: [0x9f, 0x3f, 0x03, 0xd5, 0xc0, 0x03, 0x5f, 0xd6],
  // MFENCE; RET
  x64: [0x0f, 0xae, 0xf0, 0xc3],
};

const MFD_CLOEXEC = 1;
const PROT_READ_EXECUTE = 0x5;
const MAP_SHARED = 0x1;
const CODE_BYTES = 4096;
const MAP_FAILED: readonly bigint[] = [0xffff_ffff_ffff_ffffn, 0xffff_ffffn, -1n];

let loaded: (() => void) | undefined;

/** The instruction as a function; its code stays for the life of the process. Throws a Failure. */
export function barrierInstruction(): () => void {
  loaded ??= load();
  return loaded;
}

function load(): () => void {
  const code = CODE[process.arch];
  if (code === undefined) {
    throw new Failure(
      "platform",
      `registers of a BMC are mapped into programs on ARM only, not on ${process.arch}: run the agent on the BMC`,
    );
  }
  const { koffi, library } = cLibrary("mapped registers");
  const memoryFile = library.func("int memfd_create(const char *name, unsigned int flags)");
  const mmap = library.func(
    "void *mmap64(void *address, size_t length, int protection, int flags, int fd, int64 offset)",
  );
  const scope = new Scope();
  try {
    const fd = memoryFile("mctp-lpc-barrier", MFD_CLOEXEC) as number;
    if (fd < 0) throw errnoError("memfd_create");
    scope.add(system.close, fd);
    system.write(fd, Uint8Array.from(code));
    const address = mmap(null, CODE_BYTES, PROT_READ_EXECUTE, MAP_SHARED, fd, 0) as bigint;
    if (MAP_FAILED.includes(address)) throw errnoError("mmap");
    return koffi.decode(address, koffi.proto("void ()")) as () => void;
  } catch (error) {
    throw new Failure(
      "barrier-refused",
      `cannot map a barrier instruction, which LPC-KCS-9 needs: ${messageOf(error)}; the kernel has to allow code in memory files (sysctl vm.memfd_noexec=0); raw-kcs: needs none`,
      { cause: error },
    );
  } finally {
    scope.release();
  }
}
