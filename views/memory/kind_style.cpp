// SPDX-License-Identifier: Apache-2.0
#include "views/memory/kind_style.h"

#include <QCoreApplication>

namespace orrery::memory {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("Memory", text); }

} // namespace

const std::array<AllocKind, allocKindCount>& stackOrder()
{
    static const std::array<AllocKind, allocKindCount> order = {
        AllocKind::Weight, AllocKind::PackedWeight, AllocKind::Native,     AllocKind::Cache,
        AllocKind::Input,  AllocKind::Output,       AllocKind::Activation, AllocKind::Workspace};
    return order;
}

QColor kindColor(const theme::Theme& theme, AllocKind kind)
{
    const std::vector<QColor>& series = theme.series();
    switch (kind) {
    case AllocKind::Weight:
        return theme.color(theme::Role::StubBorder);
    case AllocKind::PackedWeight:
        return series[5];
    case AllocKind::Input:
        return series[2];
    case AllocKind::Output:
        return series[3];
    case AllocKind::Activation:
        return series[0];
    case AllocKind::Workspace:
        return series[1];
    case AllocKind::Cache:
        return series[4];
    case AllocKind::Native:
        return series[6];
    }
    return series[0];
}

QString kindText(AllocKind kind)
{
    switch (kind) {
    case AllocKind::Weight:
        return tr("weights");
    case AllocKind::PackedWeight:
        return tr("packed weights");
    case AllocKind::Input:
        return tr("inputs");
    case AllocKind::Output:
        return tr("outputs");
    case AllocKind::Activation:
        return tr("activations");
    case AllocKind::Workspace:
        return tr("workspace");
    case AllocKind::Cache:
        return tr("caches");
    case AllocKind::Native:
        return tr("native heap");
    }
    return {};
}

QString kindTip(AllocKind kind)
{
    switch (kind) {
    case AllocKind::Weight:
        return tr("Constants of the model, kept for all steps");
    case AllocKind::PackedWeight:
        return tr("Weights in the layout that a kernel wants");
    case AllocKind::Input:
        return tr("What the user gave to the step");
    case AllocKind::Output:
        return tr("What the step gives to the user");
    case AllocKind::Activation:
        return tr("What flows between the ops");
    case AllocKind::Workspace:
        return tr("Scratch memory of an op while it runs");
    case AllocKind::Cache:
        return tr("Kept to save work later");
    case AllocKind::Native:
        return tr("Asked of malloc inside of ops; known at the ends of steps only");
    }
    return {};
}

KindSet allKinds()
{
    KindSet kinds;
    kinds.fill(true);
    return kinds;
}

} // namespace orrery::memory
