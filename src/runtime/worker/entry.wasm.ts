import * as build from "onnxruntime-web/wasm";
import { serveWeb } from "./serve-web.ts";

serveWeb("wasm", build);
