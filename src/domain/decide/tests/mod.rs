//! What a manager of a unit would check, command by command: given / when / then.

mod adopt;
mod aside;
mod attend;
mod availability;
mod correct;
mod device;
mod gates;
mod guarded;
mod hand_back;
mod intake;
mod interrupted;
mod latest_start;
mod priority;
mod promises;
mod random;
mod removal;
mod returning;
mod scope;
mod unavoidable;
mod work;
