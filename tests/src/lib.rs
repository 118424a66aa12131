//! Nothing lives here: the stories are in `it/`, the benchmarks in `benches/`.
