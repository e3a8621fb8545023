// Never called: the tests have their own main() and elaborate by themselves.
int sc_main(int, char**) {
  return 0;
}
