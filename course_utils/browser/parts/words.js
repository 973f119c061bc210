// Every word that a page says, in one place.

const SHOWN_NAMES = 5; // of files in a sentence

const pictures = (count) => (count === 1 ? "1 picture" : `${count} pictures`);
const listed = (names) => names.join(", ");
const given = (typed) => (typed ? `Got ${typed}` : "The field is empty");

function some(names) {
  const more = names.length - SHOWN_NAMES;
  return listed(names.slice(0, SHOWN_NAMES)) + (more > 0 ? ` and ${more} more` : "");
}

function someSentences(list) {
  const more = list.length - SHOWN_NAMES;
  return list.slice(0, SHOWN_NAMES).join(" ") + (more > 0 ? ` So it is with ${more} more.` : "");
}

// The last of each curve, by the names that Keras gives them.
function curve(history) {
  const words = {
    loss: "loss",
    accuracy: "accuracy",
    val_loss: "loss on pictures held back",
    val_accuracy: "accuracy there",
  };
  return Object.entries(history)
    .map(([name, values]) => `${words[name]} ${values.at(-1).toFixed(3)}`)
    .join(", ");
}

export const WORDS = {
  camera: {
    stop: "Stop",
    none: (reason) => `The browser gives no webcam (${reason}). Allow it, or choose files.`,
    hold: "Hold to record",
    recording: (count) => `Recording: ${count}`,
  },
  microphone: {
    insecure: "A browser gives the microphone only to pages from this computer (localhost) or over https.",
    NotAllowedError:
      "The browser gives no microphone: it is not allowed. Allow it for this page, beside its address, and record again.",
    NotFoundError: "The browser finds no microphone. Connect one, and record again.",
    NotReadableError: "The microphone can't be used now: another program may have it. Close that, and record again.",
    other: (reason) => `The browser gives no microphone (${reason}). Allow it, and record again.`,
    lost: "The browser recorded nothing. Check the microphone, and record again.",
    stopped: "Stopped, before anything was recorded.",
  },
  recorder: {
    title: "Record a sound",
    label: "Class: ",
    hint: "what it is",
    seconds: "Seconds: ",
    record: "Record",
    stop: "Stop",
    nameless: "Type the class first: what the sound is.",
    speak: "Speak now.",
    sent: (seconds) =>
      `${seconds} s recorded. Python has not answered yet; it does when the cell that runs is done. If it never does, run this cell again.`,
    heard: (seconds) => `${seconds} s recorded.`,
  },
  cards: {
    target: "Move to",
    moveTo: "Move to…",
    move: "Move",
    out: "Leave out",
    chosen: (count) => `${count} chosen`,
    add: "Add pictures",
    webcam: "Webcam",
    named: (name) => `Name of the class ${name}`,
    none: "no pictures yet",
    more: (total) => `Show more of ${total}`,
    moreClasses: (total) => `Show more of ${total} classes`,
    newClass: "a new class",
    newName: "Name of a new class",
    addClass: "Add a class",
    noClass: {
      name: "none of these",
      words: "Pictures that are none of these",
      hint:
        "Bring what the camera may see and is no class: the empty room, a wall, a hand. Many kinds help most. " +
        "The classifier answers with this name, which stays as it is.",
    },
  },
  curves: {
    words: (most, epochs, held) =>
      `Loss, from 0 to ${most}, after each of ${epochs} epochs: on the pictures that it learns from${held ? ", and dashed on those held back" : ""}.`,
  },
  thumbs: { out: "Leave out", outNamed: (name) => `Leave out ${name}` },
  drop: {
    sending: (percent, megabytes) => `${percent} % of ${megabytes} MB`,
    sent: (count, problems) =>
      `${count} ${count === 1 ? "file" : "files"} sent` + (problems.length ? `. ${someSentences(problems)}` : ""),
    fileUnread: (name, reason) =>
      `${name} was left out: the browser can't read it (${reason}). Choose it with a button instead.`,
    late: "Python has not answered yet. It does when the cell that runs is done. If it never does, bring the files again, or run this cell again.",
    again: "Python did not answer, and the files are sent again",
    failed: (reason) => `The files were not all sent: ${reason}.`,
  },
  unreadable: {
    empty: "the file is empty. Copy it again from where it came.",
    cut: "a part of the file is missing; it may be damaged. Copy it again from where it came.",
    heic: "it is HEIC, which this browser can't read. Export it as JPEG; on an iPhone, Settings, Camera, Formats, Most Compatible makes JPEG from now on.",
    tiff: "it is TIFF, or a camera's raw file, which this browser can't read. Save it as JPEG or PNG.",
    pdf: "it is PDF. Save its page as a picture.",
    video: "it is a video, or in a format that this browser can't read. Save a frame of it as JPEG.",
    other:
      "this browser can't read it as a picture; it may be damaged. JPEG, PNG, WebP and GIF can be read everywhere.",
  },
  page: {
    starting: "Starting…",
    ready: "Ready.",
    plain: "Ready. This browser runs no WebAssembly, so that each answer takes longer.",
    broken: (reason) => `This page could not start: ${reason}. Ask for it anew: the file may be damaged.`,
    drop: "Drop pictures here, or paste one",
    choose: "Choose pictures",
    camera: "Use the camera",
    reading: (name) => `Looking at ${name}…`,
    answer: (name, label, percent) => `${name}: ${label}, ${percent} %`,
    problem: (name, reason) => `${name} was not read: ${reason}`,
    nothing: "There was no file in what you dropped.",
    live: "Camera",
    rate: (frames) => `${frames} pictures a second`,
    middle: "What the network sees: the middle square",
    whole: "and the whole picture, squeezed to a square",
    results: "Answers",
    about: "About this classifier",
    none: (name, verdict) => `${name}: ${verdict}`,
    unlike: "None of these: unlike anything it learned.",
    likeNone: "None of these: like the pictures that were brought as none of these.",
    nearest: (similarity) =>
      `The three pictures of its classes that are most like this one (${similarity} on average; 1 would be the same picture):`,
    knows: (classes, refuses) =>
      `It knows ${classes.length > 12 ? `${classes.length} classes` : classes.join(", ")}, and nothing else: ` +
      (refuses
        ? "of a picture unlike all that it learned from, it says none of these. What merely resembles its classes passes for one of them."
        : "of any picture, it names one of these."),
    stays: "Nothing leaves this device: the network is in this file, and works without internet.",
  },
  studio: {
    practice:
      "The network in this page is the course's small practice network, which learned from drawn pictures: it is right less often than MobileNet. A page made where MobileNet's published weights can be had carries those.",
    intro:
      "Show it pictures of a few things, sorted into classes, and it learns to tell them apart. All of it happens on this device: no picture leaves it.",
    about: "About this page",
    network: {
      published: "The network is MobileNet 0.25, with Google's published weights.",
      practice: "The network has the form of MobileNet 0.25, with the course's practice weights.",
    },
    steps: { bring: "1 Bring pictures", train: "2 Train", judge: "3 Judge", try: "4 Try", keep: "5 Keep" },
    bring: {
      help: "A folder for each class is best, as cat and dog; a zip file of such folders will do. Or name a class below, and give it files, or hold a button to record from the camera.",
      drop: "Drop folders, a zip file, or pictures here",
      files: "Choose files",
      folder: "Choose a folder",
      progress: "Pictures read",
      reading: (done, total) => `Looking at picture ${done} of ${total}…`,
      nothing: "There was no file in what you dropped.",
      added: (count, classes) => `${pictures(count)} added. The classes are ${listed(classes) || "none yet"}.`,
      loaded: (classes) => `A classifier of ${listed(classes)} was loaded. Try it in step 4.`,
      prepared: (words) =>
        `The classifier was trained on pictures prepared otherwise (${words}). Its answers may differ: train it again.`,
      noticed: "Noticed",
      unreadable: (reason) => `can't be read: ${reason}`,
      fresh: "Start over",
      sure: "Drop all pictures and results? The files stay where they are.",
      dropAll: "Drop all",
      keepAll: "Keep them",
      dropped: "All is as at the start.",
      moved: (count, name) => `${pictures(count)} moved to ${name}.`,
      out: (count) => `${pictures(count)} left out.`,
      renamed: (old, name) => `${old} is ${name} now.`,
      joined: (old, name) => `${old} and ${name} are one class now.`,
      lone: (names) =>
        `All pictures of ${listed(names)} are one burst. A burst stays on one side, so that it can be learned, but not judged. Record another, elsewhere.`,
    },
    cards: {
      total: (count) => pictures(count),
      learned: (count) => `${count} to learn from`,
      held: { validation: "held back", test: "held back to test" },
    },
    reading: {
      bare: (names) =>
        `${pictures(names.length)} without a class: ${some(names)}. What has none is left out: put it into a folder that is named as what it shows, or add it to the card of a class below.`,
      strange: (labels) =>
        `The pictures to judge by have classes that those to learn from lack: ${listed(labels)}. They are left out.`,
      test: (count) =>
        `${pictures(count)} of a third part, called test, are kept apart: nothing is learned from them or judged by them.`,
      others: (names) =>
        `${names.length === 1 ? "A file that is no picture" : "Files that are no pictures"}: ${some(names)}. Tables of labels are read by the course's trainer only.`,
      unread: (name, reason) => `${name} was left out: ${reason}`,
      twice: (names) =>
        `${pictures(names.length)} ${names.length === 1 ? "is" : "are"} here already, with the same bytes, and ${names.length === 1 ? "counts" : "count"} once: ${some(names)}.`,
      otherClass: (names) =>
        `${pictures(names.length)} ${names.length === 1 ? "is" : "are"} here already in another class: ${some(names)}. Move ${names.length === 1 ? "it" : "them"}, if that is wrong.`,
    },
    train: {
      settings: "Settings",
      head: "Head",
      heads: {
        linear: "linear, on two looks at each picture (the best with few pictures)",
        article: "as in the article",
      },
      seed: "Seed",
      epochs: "Epochs",
      rate: "Learning rate",
      units: "Units",
      groups: "Keep near-copies on one side",
      known: "Say none of these of what is unlike all that it learned",
      train: "Train",
      stop: "Stop",
      progress: "Training",
      phases: {
        copies: () => "Looking for near-copies…",
        linear: (done, total) => `Fitting the head: ${done} of ${total} steps…`,
        features: (done, total) => `Looking at picture ${done} of ${total} again…`,
        article: (done, total, history) => `Epoch ${done} of ${total}: ${curve(history)}.`,
      },
      arriving: "The pictures are still being read. Train when all are here.",
      none: "There are no pictures yet. Bring some in step 1, in a folder for each class.",
      oneClass: (name) =>
        `All pictures are of the class ${name}. Bring pictures of a second class, so that there is something to tell apart.`,
      bare: (names) =>
        `There are no pictures to learn ${listed(names)} from, only some to judge by. Add some, or leave those out.`,
      done: (seconds) => `Done, after ${seconds} seconds. Step 3 says how good it is.`,
      stopped: "Stopped. Nothing was trained; what was trained before stays.",
      best: (epochs) => `Stopped. The best of ${epochs} epochs was kept.`,
      end: (history) => `At the end: ${curve(history)}.`,
      failed: (reason) => `Training ended: ${reason}`,
      outdated: "The pictures have changed since the last training. Train again, to learn from them.",
      wholeNumber: (got, low, high, usual) =>
        `${given(got)}; expected a whole number from ${low} to ${high}, such as ${usual}.`,
      number: (got, high, usual) => `${given(got)}; expected a number above 0 and at most ${high}, such as ${usual}.`,
      comma: (got) => ` Write ${got}, with a point.`,
      mend: (names) => `Nothing was trained. Mend ${listed(names)}, as is said there.`,
    },
    judge: {
      first: "Train first.",
      outdated: "What follows was so before the pictures changed.",
      loaded: "What follows was said of the classifier that was trained here last, not of the one that was loaded.",
      right: (right, count, percent) => [
        `${right} of ${count}`,
        ` pictures that it did not learn from are right (${percent} %).`,
      ],
      interval: (low, high) =>
        `With so many pictures, the true accuracy may be anything from ${low} % to ${high} % (with 95 % confidence).`,
      worth: (count, tries) => `Near-copies are right or wrong together: these ${count} are worth ${tries}.`,
      baseline: (name, guessed) => `For comparison: always saying ${name} would get ${guessed}`,
      noBetter: (name, perhaps) => `; ${perhaps ? "perhaps " : ""}no better than always saying ${name}`,
      byClass: (list) =>
        `Of each class: ${list.map(([name, right, count]) => `${name} ${right} of ${count}`).join(", ")}.`,
      linear: (right, count) => `On the same pictures, the linear head has ${right} of ${count} right.`,
      shared: (count) =>
        `${pictures(count)} to judge by ${count === 1 ? "was" : "were"} left out: what is nearly a copy of a picture that was learned from proves nothing.`,
      nothing:
        "There was nothing to judge by: no picture was held back. Bring more pictures of each class, or a folder called validation beside one called training.",
      oneGroup: (name) =>
        `All pictures of ${name} are near-copies of one another. None was held back, so that this class was not judged. Take some on another day.`,
      oneFolder: (name, folder) =>
        `All pictures of ${name} lie in one folder, ${folder}. If they were taken together, the accuracy may be too high: take some on another day.`,
      alike: (name) =>
        `The pictures of ${name} are too alike to tell near-copies from different pictures. The accuracy may be too high: judge by pictures of another day.`,
      confusion: "How often each class was taken for which. What is right lies on the diagonal.",
      corner: "is, taken for",
      mistakes: "Mistakes",
      noMistakes: "No mistakes among these pictures.",
      mistake: (name, expected, predicted) => `${name} is ${expected}, taken for ${predicted}`,
      together: (count) => `Pictures that are kept on one side, in groups: ${count}`,
      apart: "If these are different pictures, take the check mark from Keep near-copies on one side, and train again.",
      more: (count) => `and ${count} more`,
    },
    try: {
      first: "Train first, or bring a classifier's file in step 1.",
      drop: "Drop a picture here, and see what the classifier says",
      choose: "Choose a picture",
      looking: (name) => `Looking at ${name}…`,
      nothing: "There was no file in what you dropped.",
    },
    keep: {
      first: "Train first; then there is something to keep.",
      classifier: "Download the classifier",
      classifierHelp:
        "my-classifier.zip: the weights. The course's load_classifier reads it in Python, and this page in step 1.",
      page: "Download a page that classifies",
      pageHelp:
        "what-is-it.html: one file that any browser opens, without a network. For iPhones, put it on a web host.",
      project: "Download all, with the pictures",
      projectHelp:
        "my-project.zip: the pictures in their folders, and the classifier. To go on another day, bring it in step 1, here or in the course's trainer.",
      writing: "Writing…",
      written: (name, megabytes) => `${name} (${megabytes} MB) went to your downloads.`,
      renamed: (pairs) =>
        `Some classes have other names in it, since folders can't have theirs: ${pairs.map(([old, name]) => `${old} is ${name}`).join(", ")}.`,
      failed: (reason) => `It was not written: ${reason}`,
      files: { classifier: "my-classifier.zip", page: "what-is-it.html", project: "my-project.zip" },
      question: (classes) =>
        [2, 3].includes(classes.length)
          ? `What is it: ${classes.slice(0, -1).join(", ")} or ${classes.at(-1)}?`
          : "What is it?",
    },
  },
};
