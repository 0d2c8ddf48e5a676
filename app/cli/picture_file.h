#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A scene as a picture file: .png, .svg or .pdf by the extension, with the legend of its overlay. The file is
// replaced as a whole or not at all. Needs a QGuiApplication.

#include "engine/base/result.h"
#include "views/canvas/graph_scene.h"

#include <string>

namespace orrery::cli {

// Usage when the extension says none of the three.
Result<void> checkPicturePath(const std::string& path);

// `scale`: pixels of a .png for each unit of the scene; less where the picture would be huge.
Result<void> writePicture(const canvas::GraphScene& scene, const theme::Theme& theme, const std::string& path,
                          double scale);

} // namespace orrery::cli
