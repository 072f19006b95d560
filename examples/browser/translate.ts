import { loadTranslator, type Translator } from "heed";
import { pickedFiles } from "heed/hub";
import { element, onSubmit, say } from "./page.ts";

let translator: Translator | undefined;

onSubmit("open", async () => {
  say("Opening …");
  await translator?.dispose();
  const { files } = element<HTMLInputElement>("folder");
  const url = element<HTMLInputElement>("url").value;
  translator = await loadTranslator(url === "" ? pickedFiles(files) : url, { worker: true });
  element<HTMLFormElement>("translate").hidden = false;
  say("Ready.");
});

onSubmit("translate", async () => {
  const lines = element<HTMLTextAreaElement>("text").value.split("\n");
  const translations = await translator!.translate(lines);
  element("translation").textContent = translations.map(([best]) => best?.text).join("\n");
});
