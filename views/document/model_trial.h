#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ModelTrial: compareModels() in the background. The newest question wins; answers come as signals on the GUI
// thread, finished() or failed() is the last.

#include "views/async/task.h"
#include "views/document/compare_models.h"

#include <QObject>

#include <memory>
#include <string>
#include <vector>

namespace orrery::document {

class ModelTrial : public QObject {
    Q_OBJECT

public:
    explicit ModelTrial(QObject* parent = nullptr);
    ~ModelTrial() override;

    void start(std::shared_ptr<const graph::Model> before, std::shared_ptr<const graph::Model> after,
               int threads, std::vector<std::string> customOps);
    void cancel(); // nothing follows
    bool isBusy() const { return m_task.busy(); }

signals:
    void progress(int percent, QString text);
    void finished(std::shared_ptr<const orrery::document::ModelTrialResult> result);
    void failed(orrery::Error error);

private:
    std::uint64_t m_question = 0;
    async::Task m_task; // last: its jobs use what is above
};

} // namespace orrery::document
