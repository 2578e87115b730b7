/// Quotas that hold for a while at set times, such as around funding.
package struct Schedule: Sendable, Equatable {
    package var name: String
    /// The five fields of crontab(5), as written: when it begins.
    package var cron: String
    /// IANA name, such as UTC or America/New_York.
    package var timeZone: String
    /// How long each time.
    package var duration: Duration
    package var quotas: Quotas

    package init(name: String, cron: String, timeZone: String, duration: Duration, quotas: Quotas) {
        self.name = name
        self.cron = cron
        self.timeZone = timeZone
        self.duration = duration
        self.quotas = quotas
    }
}

/// The file's `signals`: who may say that a flow is a liquidation.
package struct Signals: Sendable, Equatable {
    /// Members of this group may write to the datagram socket; nil: only its owner, who runs the daemon.
    package var group: String?
    /// The longest a signal may last.
    package var longest: Duration

    package static let defaultLongest = Duration.seconds(60)

    package init(group: String? = nil, longest: Duration = defaultLongest) {
        self.group = group
        self.longest = longest
    }
}
