import type { ComponentChildren } from 'preact';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';

interface ConfirmDialogProps {
  title: string;
  action: string;
  children: ComponentChildren;
  onClose: () => void;
  onConfirm: () => void;
}

export function ConfirmDialog({ title, action, children, onClose, onConfirm }: ConfirmDialogProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      <p>{children}</p>
    </Dialog>
  );
}
