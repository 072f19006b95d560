import { goldenContract } from "./golden-contract.ts";

goldenContract("llama", "mistral", "qwen2", "qwen3", "smollm3", "gemma3_text");
