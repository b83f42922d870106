//! Owns the making of the tables from a [`Config`] and the checks that need more than one entry.
//! Cold: done once at start. Refuses to know look-ups.

use super::{Link, SLOT_MASK, SLOTS, Slot, Tables, slot_of};
use crate::net::{
    Config, ConfigError, Interface, Ipv4, Listener, MAX_INTERFACES, MAX_LISTENERS, ipv4,
};

impl Tables {
    /// Makes the tables. Called at start.
    ///
    /// # Errors
    /// The first interface or listener that cannot be used, and why.
    pub fn new(config: &Config) -> Result<Tables, ConfigError> {
        let mut tables = Tables {
            links: [const { None }; MAX_INTERFACES],
            listeners: [None; MAX_LISTENERS],
            slots: [Slot::EMPTY; SLOTS],
        };
        for interface in &config.interfaces {
            tables.add_interface(interface)?;
        }
        for listener in &config.listeners {
            tables.add_listener(listener)?;
        }
        Ok(tables)
    }

    fn add_interface(&mut self, interface: &Interface) -> Result<(), ConfigError> {
        interface.check()?;
        if self.links.iter().flatten().any(|link| link.is_ours(interface.address.0)) {
            return Err(ConfigError::DuplicateAddress(interface.address));
        }
        let link = self
            .links
            .get_mut(usize::from(interface.port.0))
            .ok_or(ConfigError::TooManyInterfaces(interface.port))?;
        if link.is_some() {
            return Err(ConfigError::DuplicateInterface(interface.port));
        }
        let addresses = [interface.address.0].into_iter().collect();
        *link = Some(Link { interface: *interface, addresses });
        Ok(())
    }

    fn add_listener(&mut self, listener: &Listener) -> Result<(), ConfigError> {
        let Listener { id, interface: port, address, udp_port } = *listener;
        if !ipv4::is_host(address) {
            return Err(ConfigError::NotAHost(Ipv4(address)));
        }
        if udp_port == 0 {
            return Err(ConfigError::PortZero(id));
        }
        if let Some(taken) =
            self.listeners.iter().flatten().find(|l| l.endpoint() == listener.endpoint())
        {
            let (first, address) = (taken.id, Ipv4(address));
            return Err(ConfigError::ListenerTaken { first, second: id, address, udp_port });
        }
        let entry =
            self.listeners.get_mut(usize::from(id.0)).ok_or(ConfigError::TooManyListeners(id))?;
        if entry.is_some() {
            return Err(ConfigError::DuplicateListener(id));
        }
        if self.links.iter().flatten().any(|l| l.interface.port != port && l.is_ours(address)) {
            return Err(ConfigError::DuplicateAddress(Ipv4(address)));
        }
        let link = self
            .links
            .get_mut(usize::from(port.0))
            .and_then(Option::as_mut)
            .ok_or(ConfigError::NoInterface { id, port })?;
        if !link.is_ours(address) {
            // Room for one address a listener and the interface's own, so this never fails.
            link.addresses.try_push(address).map_err(|_| ConfigError::TooManyListeners(id))?;
        }
        *entry = Some(*listener);
        let mut at = slot_of(address, udp_port);
        while let Some(slot) = self.slots.get_mut(at) {
            if slot.udp_port == 0 {
                *slot = Slot { address, udp_port, interface: port, listener: id };
                break;
            }
            at = (at + 1) & SLOT_MASK;
        }
        Ok(())
    }
}
