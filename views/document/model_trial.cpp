// SPDX-License-Identifier: Apache-2.0
#include "views/document/model_trial.h"

namespace orrery::document {

ModelTrial::ModelTrial(QObject* parent)
    : QObject(parent)
{}

ModelTrial::~ModelTrial() = default;

void ModelTrial::cancel()
{
    ++m_question;
    m_task.cancel();
}

void ModelTrial::start(std::shared_ptr<const graph::Model> before, std::shared_ptr<const graph::Model> after,
                       int threads, std::vector<std::string> customOps)
{
    const std::uint64_t number = ++m_question;
    m_task.submit(
        [this, number, before, after, threads, customOps](std::stop_token stop) {
            TrialOptions options;
            options.threads = threads;
            options.customOps = customOps;
            return compareModels(*before, *after, options, stop,
                                 [this, number](int percent, const QString& text) {
                                     QMetaObject::invokeMethod(
                                         this,
                                         [this, number, percent, text] {
                                             if (number == m_question)
                                                 emit progress(percent, text);
                                         },
                                         Qt::QueuedConnection);
                                 });
        },
        [this](Result<ModelTrialResult> result) {
            if (result.ok())
                emit finished(std::make_shared<const ModelTrialResult>(result.releaseValue()));
            else
                emit failed(result.error());
        });
}

} // namespace orrery::document
