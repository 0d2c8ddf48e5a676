// SPDX-License-Identifier: Apache-2.0
//
// Real models of other people run 200 times with the heap watched: none of them may be told to leak. Prints
// what was found besides.
//
// $ORRERY_PEER_MODELS is a folder of models; $ORRERY_PEER_DATA a folder with <name>/input_0.pb … for them.
// Without them nothing is tested, and the program says so and exits with 77.
#include "tests/cli/program.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>

namespace fs = std::filesystem;
using orrery::tests::ProgramOutcome;
using orrery::tests::runProgram;

namespace {

struct Peer {
    const char* model;
    const char* data;                   // folder with inputs; null: random ones
    std::vector<std::string> with = {}; // further options
};

const std::vector<std::string> voice = {"--shape",  "input=1x512", "--shape",
                                        "h=2x1x64", "--shape",     "c=2x1x64"};
const std::vector<Peer> peers = {
    {"ocr/ch_PP-OCRv4_det_infer.onnx", "det"},
    {"ocr/ch_PP-OCRv4_rec_infer.onnx", "rec"},
    {"ocr/ch_ppocr_mobile_v2.0_cls_infer.onnx", "cls"},
    {"mlsd/mlsd_320x320_tiny.onnx", "mlsd"},
    {"mlsd/mlsd_512x512_tiny.onnx", nullptr},
    {"vad/silero_vad_v5.onnx", "silero"},
    {"vad/silero_vad_v6.onnx", "silero"},
    {"vad/silero_vad_legacy.onnx", nullptr, voice},
    {"wakeword/silero_vad.onnx", nullptr, voice},
    {"torch/resnet18/model.onnx", "resnet18"},
    {"torch/mobilenetv2/model.onnx", "mobilenetv2"},
    {"torch/bert6/model.onnx", "bert6"},
    {"wakeword/melspectrogram.onnx", "mel"},
    {"wakeword/embedding_model.onnx", "embedding"},
    {"wakeword/alexa_v0.1.onnx", nullptr},
    {"wakeword/hey_jarvis_v0.1.onnx", nullptr},
    {"wakeword/hey_mycroft_v0.1.onnx", nullptr},
    {"wakeword/hey_rhasspy_v0.1.onnx", nullptr},
    {"wakeword/timer_v0.1.onnx", nullptr},
    {"wakeword/weather_v0.1.onnx", nullptr},
};

// Whether it is as it should be.
bool check(const Peer& peer, const fs::path& models, const fs::path& data)
{
    std::vector<std::string> words = {
        "profile", (models / peer.model).string(), "--leaks", "--runs", "200", "--format", "json"};
    if (peer.data != nullptr)
        words.insert(words.end(), {"--data", (data / peer.data).string()});
    words.insert(words.end(), peer.with.begin(), peer.with.end());
    orrery::tests::ProgramOptions options;
    options.timeoutSeconds = 900;
    ProgramOutcome outcome = runProgram(words, options);
    if (outcome.status != 0 && outcome.status != 1) {
        fmt::print("FAIL {}: status {}, {}\n", peer.model, outcome.status, outcome.err);
        return false;
    }
    nlohmann::json result = nlohmann::json::parse(outcome.out);
    fmt::print("{} {}: {} runs, {:.1f} s\n", outcome.status == 0 ? "ok  " : "FAIL", peer.model,
               result["runs"].get<int>(), outcome.seconds);
    for (const nlohmann::json& row : result["leaks"])
        fmt::print("       {}: {}: {}\n", row["verdict"].get<std::string>(),
                   row["node"].is_null() ? "–" : row["node"].get<std::string>(),
                   row["text"].get<std::string>());
    std::fflush(stdout);
    return outcome.status == 0 && result["runs"] == 200;
}

} // namespace

int main()
{
    const char* models = std::getenv("ORRERY_PEER_MODELS");
    const char* data = std::getenv("ORRERY_PEER_DATA");
    if (models == nullptr || data == nullptr) {
        fmt::print("SKIPPED: ORRERY_PEER_MODELS and ORRERY_PEER_DATA do not name the folders of models and "
                   "data; whether peers' models leak was not tested\n");
        return 77;
    }
    int failures = 0, tested = 0;
    for (const Peer& peer : peers) {
        if (!fs::exists(fs::path(models) / peer.model)) {
            fmt::print("SKIPPED: {} is not there\n", peer.model);
            continue;
        }
        ++tested;
        failures += check(peer, models, data) ? 0 : 1;
    }
    fmt::print("{} models, {} failed\n", tested, failures);
    return failures == 0 && tested > 0 ? 0 : 1;
}
