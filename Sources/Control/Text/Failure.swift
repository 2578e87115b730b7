import Datapath
import Plan
import Policy
import Telemetry

/// Any error in the user's words: what is wrong, and what to do about it.
package struct Failure: Sendable, Equatable {
    package var message: String
    package var remedy: String?

    package init(_ error: any Error) {
        switch error {
        case let error as NodeError: self.init(error.message, error.remedy)
        case let error as ApplyError: self.init(error.description, error.remedy)
        case let error as KernelError: self.init(error.description, error.remedy)
        case let error as ControlFailure: self.init(error.error, error.remedy)
        case let error as ControlSocketError: self.init(error.description, error.remedy)
        case let error as ListenError: self.init(error.description, error.remedy)
        case let error as ValueError: self.init(error.message, error.remedy)
        case let error as PlanError: self.init(error.description, nil)
        default: self.init("\(error)", nil)
        }
    }

    private init(_ message: String, _ remedy: String?) {
        self.message = message
        self.remedy = remedy
    }

    /// `error: …` and, where there is one, `remedy: …`, a line each.
    package var text: String { "error: \(message)" + (remedy.map { "\nremedy: \($0)" } ?? "") }
}

extension KernelError {
    fileprivate var remedy: String? { ApplyError.kernel(self).remedy }
}
