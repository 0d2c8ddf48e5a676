// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/process.h"

int main(int argc, char** argv) { return orrery::runner::runnerMain(argc, argv, {}); }
