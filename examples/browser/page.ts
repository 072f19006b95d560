/** An element of the page by its id. */
export function element<E extends Element>(id: string): E {
  return document.querySelector<E>(`#${id}`)!;
}

/** Does something when a form is sent, and meanwhile lets it be sent no second time; what goes wrong is shown. */
export function onSubmit(id: string, action: () => Promise<void>): void {
  const form = element<HTMLFormElement>(id);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button")!;
    button.disabled = true;
    await action().catch((error: Error) => say(error.message));
    button.disabled = false;
  });
}

/** Says how it stands. */
export function say(text: string): void {
  element("status").textContent = text;
}
