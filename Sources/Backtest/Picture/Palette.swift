import Policy

/// The picture's colours: readable on white and on each regime's band, and for those who see red and green alike.
enum Palette {
    static let ink = "#1f2933"
    static let quiet = "#616e7c"
    static let grid = "#d5dbe1"
    static let price = "#1f4e79"
    static let volatility = "#1f2933"
    static let other = "#7b3fa0"
    static let baseline = "#7b8794"
    static let messages = "#2f6f73"

    /// Of figures of classes, in the order of the file.
    static let figures = ["#c0392b", "#8e5a2b", "#2d6da3", "#2a7f62", "#6b5b95", "#a1457a", "#52606d", "#b7791f"]

    /// Behind the curves.
    static func band(_ regime: Regime) -> String {
        switch regime {
        case .calm: "#f1f7f3"
        case .elevated: "#fdf1c7"
        case .storm: "#fbd3a6"
        case .extreme: "#f6b9b4"
        }
    }

    /// Of what is thin.
    static func line(_ regime: Regime) -> String {
        switch regime {
        case .calm: "#3f8f5f"
        case .elevated: "#c79a00"
        case .storm: "#d9730d"
        case .extreme: "#c62828"
        }
    }
}
