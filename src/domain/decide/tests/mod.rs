//! What a manager of a unit would check, command by command: given / when / then.

mod adopt;
mod appointment;
mod aside;
mod attend;
mod availability;
mod correct;
mod device;
mod failed;
mod gates;
mod guarded;
mod hand_back;
mod intake;
mod interrupted;
mod latest_start;
mod parts;
mod priority;
mod promises;
mod quality;
mod random;
mod redact;
mod removal;
mod returning;
mod rework;
mod scope;
mod unavoidable;
mod work;
