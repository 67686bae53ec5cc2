// A driver from before graphs could be recorded: it has a few functions only.
extern "C" {
int cuInit(unsigned) { return 0; }
int cuDriverGetVersion(int* v) {
  *v = 9020;
  return 0;
}
}
