#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ModelRunner: a runner with a model opened in it. Made anew when the old one has died.

#include "profiler/session/runner_link.h"
#include "profiler/session/session.h"

#include <memory>
#include <string>

namespace orrery::session {

struct ModelRunner {
    std::unique_ptr<RunnerLink> link;
    protocol::Hello hello;
    protocol::Opened opened;
};

Result<ModelRunner> startModelRunner(const std::string& modelPath, const SessionOptions& options);

} // namespace orrery::session
