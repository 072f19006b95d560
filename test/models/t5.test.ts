import { goldenContract } from "./golden-contract.ts";

goldenContract("t5", "mt5", "umt5");
