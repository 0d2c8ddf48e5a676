// SPDX-License-Identifier: Apache-2.0
#include "engine/custom_ops/library.h"

#include "engine/base/text.h"
#include "engine/custom_ops/call.h"
#include "engine/custom_ops/operator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <exception>

using namespace orrery;

// What a library's OrreryRegistry is.
struct OrreryRegistry {
    ops::OpList& specs;
    std::optional<Error> refusal; // the first
    std::size_t added = 0;
};

namespace orrery::custom_ops {

namespace {

constexpr std::size_t operatorLimit = 4096;
constexpr const char* entryPoint = "orrery_register_ops";

Error loadError()
{
    const char* message = dlerror();
    return {ErrorCode::BadFile,
            "the library cannot be loaded: " + displayText(message ? message : "no reason given", 1000),
            {}};
}

Result<void> loadLibrary(const std::string& path, ops::OpList& specs)
{
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return loadError();
    using Register = int (*)(const OrreryApi*, OrreryRegistry*);
    auto registerOps = reinterpret_cast<Register>(dlsym(library, entryPoint));
    if (!registerOps)
        return Error{
            ErrorCode::BadFile,
            fmt::format("the library has no function {}; build it with orrery_custom_op.h", entryPoint),
            {}};
    OrreryRegistry registry{specs, {}};
    int status = ORRERY_FAILED;
    try {
        status = registerOps(&api(), &registry);
    } catch (...) {
        return Error{ErrorCode::BadFile, fmt::format("{} threw an exception", entryPoint), {}};
    }
    if (registry.refusal)
        return *registry.refusal;
    if (status != ORRERY_OK)
        return Error{ErrorCode::BadFile, fmt::format("{} returned {}", entryPoint, status), {}};
    if (registry.added == 0)
        return Error{ErrorCode::BadFile, fmt::format("{} added no operator", entryPoint), {}};
    return {};
}

} // namespace

int addOp(OrreryRegistry* registry, const OrreryOp* op)
{
    auto refuse = [&](Error error) {
        if (!registry->refusal)
            registry->refusal = std::move(error);
        return ORRERY_FAILED;
    };
    if (!op)
        return refuse({ErrorCode::BadFile, "add_op() without an operator", {}});
    if (registry->added >= operatorLimit)
        return refuse({ErrorCode::BadFile, fmt::format("more than {} operators", operatorLimit), {}});
    auto spec = specOf(*op);
    if (!spec.ok())
        return refuse(spec.releaseError());
    for (const ops::OpSpec& other : registry->specs)
        if (other.domain == spec->domain && other.name == spec->name)
            return refuse({ErrorCode::BadFile,
                           fmt::format("operator \"{}.{}\" is there already", spec->domain, spec->name),
                           {}});
    registry->specs.push_back(spec.releaseValue());
    ++registry->added;
    return ORRERY_OK;
}

Result<std::shared_ptr<const ops::OpRegistry>> loadOperators(std::span<const std::string> paths)
{
    if (paths.empty())
        return std::shared_ptr<const ops::OpRegistry>(&ops::OpRegistry::builtin(), [](auto*) {});
    ops::OpList specs = ops::OpRegistry::builtin().all();
    for (const std::string& path : paths) {
        if (!path.starts_with('/') || path.find('\0') != std::string::npos)
            return Error{ErrorCode::Usage, "a library must be named by its absolute path",
                         displayText(path, 1000)};
        auto loaded = loadLibrary(path, specs);
        if (!loaded.ok()) {
            Error error = loaded.releaseError();
            error.where = displayText(path, 1000);
            return error;
        }
    }
    return std::make_shared<const ops::OpRegistry>(std::vector<ops::OpList>{std::move(specs)});
}

void tellRunEnded(std::span<const std::string> paths)
{
    for (const std::string& path : paths) {
        void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
        if (!library)
            continue;
        if (auto runEnded = reinterpret_cast<void (*)()>(dlsym(library, "orrery_run_ended"))) {
            try {
                runEnded();
            } catch (...) {
                // The run is over, and what it gave stands; it has nobody left to fail.
            }
        }
        dlclose(library); // one of two: it stays loaded
    }
}

} // namespace orrery::custom_ops
