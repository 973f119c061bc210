// Says in the page that the kernel is gone, and how to go on: the kernel itself can't say it any more.

const GONE = {
  restarting: "The kernel was restarted",
  autorestarting: "The kernel ended by itself, perhaps for lack of memory, and was restarted",
  terminating: "The kernel was shut down",
  dead: "The kernel has ended",
};

function render({ model, el }) {
  const says = document.createElement("div");
  says.setAttribute("role", "alert");
  says.className = "trainer-gone";
  el.append(says);
  const session = model.widget_manager?.context?.sessionContext; // JupyterLab and Jupyter Notebook have it
  const lead = () => el.scrollIntoView({ block: "center" });
  /** @type {HTMLElement | null} */
  let box = null;

  function tell(what) {
    if (box) return;
    says.classList.add("trainer-error");
    says.textContent =
      `${what}, and with it this trainer: its buttons do nothing any more. Run its cell again, and bring the
 pictures once more. What you dropped lies in ${model.get("kept")} beside the notebook; type its path in step 1.
 Classifiers that you saved are files, which step 5 loads.`.replace(/\s*\n\s*/g, " ");
    box = el.closest(".trainer");
    if (!box) return;
    const steps = /** @type {HTMLElement[]} */ ([...box.children]);
    for (const step of steps) if (!step.contains(el)) step.style.opacity = "0.5";
    box.addEventListener("click", lead, true); // whoever presses a button is led to the words
  }
  const heard = (_, status) => GONE[status] && tell(GONE[status]);
  const changed = (_, { oldValue, newValue }) => {
    if (oldValue && oldValue.id !== newValue?.id) tell("The kernel was shut down or changed");
  };
  session?.statusChanged.connect(heard);
  session?.kernelChanged.connect(changed);
  return () => {
    session?.statusChanged.disconnect(heard);
    session?.kernelChanged.disconnect(changed);
    box?.removeEventListener("click", lead, true);
  };
}

export default { render };
