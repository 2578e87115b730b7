import Datapath
import Policy
import Telemetry

extension ControlFailure {
    /// Any error, in the user's words, and what the user can do about it.
    package init(_ error: any Error) {
        if let error = error as? ValueError {
            self.init(error: error.message, remedy: error.remedy)
            return
        }
        let remedy: String? =
            switch error {
            case let error as ControlFailure: error.remedy
            case let error as NodeError: error.remedy
            case let error as ApplyError: error.remedy
            case let error as KernelError: ApplyError.kernel(error).remedy
            case let error as ListenError: error.remedy
            case let error as ControlSocketError: error.remedy
            default: nil
            }
        self.init(error: "\(error)", remedy: remedy)
    }

    /// `error: …` and, where there is one, `remedy: …`, a line each.
    package var text: String { "error: \(error)" + (remedy.map { "\nremedy: \($0)" } ?? "") }
}
