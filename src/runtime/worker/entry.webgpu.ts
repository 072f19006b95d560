import * as build from "onnxruntime-web/webgpu";
import { serveWeb } from "./serve-web.ts";

serveWeb("webgpu", build);
