// Folds events with Actyx Pond over its test store: fold.js EVENTS counter|last100|chat.
// Prints the seconds from observe to the first state, and the answer.
const { Pond, Tag } = require("@actyx/pond");

const fish = {
  counter: { initialState: 0, onEvent: (state) => state + 1, size: (state) => state },
  last100: {
    initialState: [],
    onEvent: (state, event) => {
      state.push(event.message);
      if (state.length > 100) state.shift();
      return state;
    },
    size: (state) => state.length,
  },
  chat: {
    initialState: [],
    onEvent: (state, event) => {
      state.push(event.message);
      return state;
    },
    size: (state) => state.length,
  },
};

const [count, kind] = [Number(process.argv[2]), process.argv[3]];
const { size, ...definition } = fish[kind];
const pond = Pond.test();
for (let first = 0; first < count; first += 10_000) {
  const page = [];
  for (let i = first; i < Math.min(count, first + 10_000); i++) {
    page.push({
      stream: "me",
      offset: i,
      lamport: i + 1,
      timestamp: 1_767_225_600_000_000 + i * 1_000_000,
      tags: ["all", `room:${i % 10_000}`],
      payload: { message: `message number ${i}` },
    });
  }
  pond.directlyPushEvents(page);
}
const began = process.hrtime.bigint();
pond.observe({ fishId: { entityType: "bench", name: kind, version: 0 }, where: Tag("all"), ...definition }, (state) => {
  console.log(Number(process.hrtime.bigint() - began) / 1e9, size(state));
  process.exit(0);
});
