# Sourced by `.ci/run` and `tests/run`: names each step and says how long it took.

step() {
  local name="$1" began="$SECONDS"
  shift
  printf '\n==> %s\n' "$name"
  "$@" || {
    local code="$?"
    printf '==> %s FAILED after %d s (exit %d)\n' "$name" "$((SECONDS - began))" "$code" >&2
    exit "$code"
  }
  printf '==> %s: %d s\n' "$name" "$((SECONDS - began))"
}
