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

# What a test runner sets for its test, some build scripts look at, and compile all over again: builds see what a shell's would.
forget_the_test() {
  local name
  for name in $(compgen -e CARGO_); do
    case "$name" in
      CARGO_HOME | CARGO_TARGET_DIR | CARGO_BUILD_* | CARGO_TERM_* | CARGO_NET_* | CARGO_HTTP_* | CARGO_REGISTR*) ;;
      *) unset "$name" ;;
    esac
  done
}
