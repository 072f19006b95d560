import { existsSync } from "node:fs";
import { constants } from "node:os";

/** Where Chromium's packages put a Vulkan driver that needs no GPU (SwiftShader), and the loader that it comes with. */
const FOLDERS = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"];
const DRIVER = "vk_swiftshader_icd.json";
const LOADER = "libvulkan.so.1";
/** glibc's flag that keeps a library loaded. */
const RTLD_NODELETE = 0x1000;

const folder = FOLDERS.find((path) => existsSync(`${path}/${DRIVER}`));

/** Why native WebGPU cannot be tested here, or undefined. With HEED_REQUIRE_DEVICES=1 that is a failure. */
export const noWebGpu =
  folder === undefined && process.env.VK_DRIVER_FILES === undefined
    ? "no WebGPU: install Chromium for its SwiftShader driver"
    : undefined;

if (noWebGpu !== undefined && process.env.HEED_REQUIRE_DEVICES === "1") throw new Error(noWebGpu);

/** The environment in which a new process finds SwiftShader. */
export const webGpuEnvironment =
  folder === undefined ? {} : { VK_DRIVER_FILES: `${folder}/${DRIVER}`, LD_LIBRARY_PATH: folder };

/** Lets this process, which was started without that environment, find SwiftShader. */
export function enableWebGpu(): void {
  if (folder === undefined || process.env.VK_DRIVER_FILES !== undefined) return;
  process.env.VK_DRIVER_FILES = webGpuEnvironment.VK_DRIVER_FILES;
  try {
    process.dlopen({ exports: {} }, `${folder}/${LOADER}`, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch {
    // It is no module of Node, but it stays loaded, so that the engine finds it by its name.
  }
}
