/** A strategy of short windows: by the defaults a release takes a quarter of an hour. */
export const SHORT_WINDOWS = {
  steps: [{ setWeight: 20 }, { setWeight: 50 }],
  analysis: {
    baseline: '10s',
    // Where times are not what is tested, a busy machine is not to decide.
    latency: { quantiles: [] },
    advance: { budget: '2%' },
    minimum: { time: '10s', responses: 50 },
    bake: { time: '5s' },
  },
};
