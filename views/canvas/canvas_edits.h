#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// CanvasEdits: what the canvas asks of who owns the graph while the user edits it with the mouse. The canvas
// knows keys, slots and places only; whether a line makes sense and what comes of it is said here. All keys
// are those of the DisplayGraph that is shown. Called on the GUI thread, while the pointer moves: fits() must
// return within a frame.

#include "views/canvas/display_graph.h"

#include <QPoint>
#include <QPointF>
#include <QString>

#include <optional>
#include <span>
#include <vector>

class QMimeData;

namespace orrery::canvas {

enum class Side : std::uint8_t { Input, Output };

struct Port {
    std::uint64_t key = noKey;
    Side side = Side::Output;
    std::uint16_t slot = 0;

    bool valid() const { return key != noKey; }
    friend bool operator==(const Port&, const Port&) = default;
};

// One use of a value by a node that is drawn.
struct EdgeRef {
    std::uint64_t value = noKey;
    std::uint64_t to = noKey;
    std::uint16_t slot = 0;

    bool valid() const { return to != noKey; }
    friend bool operator==(const EdgeRef&, const EdgeRef&) = default;
};

struct NodePorts {
    std::vector<QString> inputs, outputs; // what is said of each slot; open inputs included
    bool empty() const { return inputs.empty() && outputs.empty(); }
};

enum class Fit : std::uint8_t {
    Impossible, // out of scope, or a cycle
    Clash,      // possible, and a problem then
    Good,
};

// Where something was let go.
struct DropPlace {
    QPointF scene;                // in the picture
    QPoint global;                // on the screen
    std::uint64_t node = noKey;   // what lies there: a node or a group …
    EdgeRef edge;                 // … or an edge
    std::uint64_t beside = noKey; // any node of the innermost frame around the place
};

class CanvasEdits {
public:
    virtual ~CanvasEdits() = default;

    // Nothing else is asked while it is false.
    virtual bool enabled() const = 0;
    virtual NodePorts ports(std::uint64_t key) const = 0;
    // The best that each node has for the other end of a line from the port.
    virtual std::vector<Fit> fits(const Port& from, std::span<const std::uint64_t> keys) = 0;
    // The same for the slots of one node, on the side that faces the port.
    virtual std::vector<Fit> slotFits(const Port& from, std::uint64_t key) = 0;
    // The line was let go on a port; on a node, which may offer several; on nothing.
    virtual void connectPorts(const Port& from, const Port& to) = 0;
    virtual void connectNode(const Port& from, std::uint64_t key, QPoint global) = 0;
    virtual void connectNothing(const Port& from, const DropPlace& place) = 0;
    virtual void disconnect(const EdgeRef& edge) = 0;
    virtual void activateNothing(const DropPlace& place) = 0; // double click

    enum class DropOn : std::uint8_t { Nothing, Anything, EdgesAndNodes };
    virtual DropOn dropsOn(const QMimeData& data) const = 0;
    virtual void drop(const QMimeData& data, const DropPlace& place) = 0;
};

} // namespace orrery::canvas
