import { goldenContract } from "./golden-contract.ts";

goldenContract("llama");
