#include "cli/run.hpp"

int main(int argc, char** argv) {
  return rollcall::cli::run(argc, argv);
}
